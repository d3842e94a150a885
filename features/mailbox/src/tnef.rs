//! `winmail.dat`: the files that Outlook wraps in its own format (MS-OXTNEF), and its plain text.
//! Every length is checked: what does not hold together is no TNEF.

/// What begins every such file.
const SIGNATURE: u32 = 0x223e_9f78;
const BODY: u32 = 0x0002_800c;
const OEM_CODE_PAGE: u32 = 0x0006_9007;
const BEGIN_FILE: u32 = 0x0006_9002;
const FILE_NAME: u32 = 0x0001_8010;
const FILE_CONTENT: u32 = 0x0006_800f;
/// Most files read of one.
const MAX_FILES: usize = 50;

/// What was wrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unwrapped {
    /// The plain text, if any.
    pub(crate) text: String,
    /// Name and content.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// Reads a TNEF stream; none when it is not one, or is cut.
pub(crate) fn read(bytes: &[u8]) -> Option<Unwrapped> {
    let mut rest = bytes;
    if u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?) != SIGNATURE {
        return None;
    }
    take(&mut rest, 2)?;
    let mut unwrapped = Unwrapped::default();
    let mut page = encoding_rs::WINDOWS_1252;
    while !rest.is_empty() {
        take(&mut rest, 1)?;
        let id = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?);
        let length = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?);
        let content = take(&mut rest, usize::try_from(length).ok()?)?;
        let sum = u16::from_le_bytes(take(&mut rest, 2)?.try_into().ok()?);
        let added = content.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        if sum != added {
            return None;
        }
        let text = || page.decode(content).0.trim_end_matches('\0').to_owned();
        match id {
            OEM_CODE_PAGE => page = code_page(content),
            BODY => unwrapped.text = text(),
            BEGIN_FILE if unwrapped.files.len() >= MAX_FILES => return None,
            BEGIN_FILE => unwrapped.files.push(("fichier".to_owned(), Vec::new())),
            FILE_NAME => unwrapped.files.last_mut()?.0 = text(),
            FILE_CONTENT => unwrapped.files.last_mut()?.1 = content.to_vec(),
            _ => {}
        }
    }
    unwrapped.files.retain(|(_, content)| !content.is_empty());
    Some(unwrapped)
}

fn code_page(content: &[u8]) -> &'static encoding_rs::Encoding {
    let number = content.get(..4).and_then(|four| Some(u32::from_le_bytes(four.try_into().ok()?)));
    match number {
        Some(65_001) => encoding_rs::UTF_8,
        Some(1250) => encoding_rs::WINDOWS_1250,
        Some(1251) => encoding_rs::WINDOWS_1251,
        _ => encoding_rs::WINDOWS_1252,
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute(level: u8, id: u32, content: &[u8]) -> Vec<u8> {
        let sum = content.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        [&[level], &id.to_le_bytes()[..], &length, content, &sum.to_le_bytes()].concat()
    }

    fn wrapped() -> Vec<u8> {
        let mut bytes = [&SIGNATURE.to_le_bytes()[..], &[1, 0]].concat();
        bytes.extend(attribute(1, OEM_CODE_PAGE, &1252_u64.to_le_bytes()));
        bytes.extend(attribute(1, BODY, b"Voici le relev\xe9.\0"));
        bytes.extend(attribute(2, BEGIN_FILE, &[0; 14]));
        bytes.extend(attribute(2, FILE_NAME, b"relev\xe9.csv\0"));
        bytes.extend(attribute(2, FILE_CONTENT, b"salle;postes\n"));
        bytes
    }

    #[test]
    fn files_and_text_are_unwrapped() {
        let unwrapped = read(&wrapped()).unwrap();
        assert_eq!(unwrapped.text, "Voici le relevé.");
        assert_eq!(unwrapped.files, [("relevé.csv".to_owned(), b"salle;postes\n".to_vec())]);
    }

    #[test]
    fn a_cut_or_changed_one_is_none() {
        let whole = wrapped();
        assert_eq!(read(&whole[..whole.len() - 1]), None);
        let mut changed = whole.clone();
        changed[40] ^= 1;
        assert_eq!(read(&changed), None);
        assert_eq!(read(b""), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>, cut in 0_usize..200) {
            let _ = read(&bytes);
            let mut begun = wrapped();
            begun.truncate(cut);
            begun.extend(bytes);
            let _ = read(&begun);
        }
    }
}
