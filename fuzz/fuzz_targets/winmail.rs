//! `winmail.dat`: lengths that lie give nothing, and never more than was sent.
#![no_main]

use beffroi_fuzz::mail;
use libfuzzer_sys::fuzz_target;

/// What the reader knows, so that the fuzzer need not guess it.
const KNOWN: [u32; 6] = [0x0002_800c, 0x0006_9007, 0x0006_9002, 0x0001_8010, 0x0006_800f, 0x0006_9003];

/// Attributes whose sums are right: each byte pair of the input says which one and how long.
fn framed(mut bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    while let [which, length, rest @ ..] = bytes {
        let (content, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        let sum = content.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        stream.push(1 + which % 2);
        stream.extend(KNOWN[usize::from(*which) % KNOWN.len()].to_le_bytes());
        stream.extend((content.len() as u32).to_le_bytes());
        stream.extend(content);
        stream.extend(sum.to_le_bytes());
        bytes = rest;
    }
    stream
}

fuzz_target!(|bytes: &[u8]| {
    for stream in [bytes.to_vec(), framed(bytes)] {
        if let Some(sizes) = mail::winmail(&stream) {
            assert!(sizes.len() <= 50, "too many files");
            assert!(sizes.iter().sum::<usize>() <= stream.len(), "more than was sent");
        }
    }
});
