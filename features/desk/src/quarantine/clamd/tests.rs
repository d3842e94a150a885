//! What is believed of an antivirus, and what is not: one that answers as told, badly, late, or never.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;

use super::*;

#[test]
fn only_one_answer_says_that_a_file_is_clean() {
    assert_eq!(verdict("stream: OK").unwrap(), Verdict::Clean);
    let found = verdict("stream: Win.Test.EICAR_HDB-1 FOUND").unwrap();
    assert_eq!(found, Verdict::Infected("Win.Test.EICAR_HDB-1".into()));
    assert!(matches!(verdict("INSTREAM size limit exceeded. ERROR"), Err(Trouble::TooLarge)));
    for said in ["", "OK", "stream: ok", "stream: OK FOUND?", "UNKNOWN COMMAND", "stream: OK\nOK"] {
        assert!(matches!(verdict(said), Err(Trouble::Said(_))), "{said}");
    }
}

#[test]
fn the_name_of_a_virus_is_a_short_plain_text() {
    let said = format!("stream: a\u{1b}|{} FOUND", "x".repeat(500));
    let Ok(Verdict::Infected(name)) = verdict(&said) else { panic!() };
    assert!(name.starts_with("axx") && name.len() == LONGEST_NAME, "{name}");
}

#[test]
fn an_address_is_a_socket_or_a_host_with_its_port() {
    let unix = || Some(Door::Unix("/run/clamav/clamd.ctl".into()));
    for address in ["/run/clamav/clamd.ctl", "unix:/run/clamav/clamd.ctl", "unix:///run/clamav/clamd.ctl"] {
        assert_eq!(door(address), unix(), "{address}");
    }
    for address in ["tcp://127.0.0.1:3310", "127.0.0.1:3310"] {
        assert_eq!(door(address), Some(Door::Tcp("127.0.0.1:3310".into())), "{address}");
    }
    for address in ["", "clamd", "unix:clamd.ctl", "http://clamd:3310", "clamd:0", ":3310", "clamd:x"] {
        assert_eq!(door(address), None, "{address}");
    }
}

#[test]
fn what_leaves_the_machine_is_known() {
    let far = |address| Antivirus::at(address, 30).unwrap().is_far();
    assert!(!far("/run/clamd") && !far("127.0.0.1:3310") && !far("tcp://localhost:3310"));
    assert!(far("antivirus.region.example:3310"));
}

/// A server that reads so many bytes at most, answers as told, and counts its callers.
struct Odd {
    antivirus: Antivirus,
    callers: Arc<AtomicUsize>,
    read: Arc<AtomicUsize>,
}

impl Odd {
    async fn new(reads: usize, says: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let antivirus = Antivirus::at(&listener.local_addr().unwrap().to_string(), 30).unwrap();
        let antivirus = Antivirus { within: Duration::from_millis(400), ..antivirus };
        let odd = Self { antivirus, callers: Arc::default(), read: Arc::default() };
        let (callers, read) = (Arc::clone(&odd.callers), Arc::clone(&odd.read));
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                callers.fetch_add(1, Ordering::Relaxed);
                let mut seen = Vec::new();
                let mut buffer = [0; 4_096];
                // Until the end of the stream, or as much as this one takes.
                while !seen.ends_with(&[0; 4]) && seen.len() < reads {
                    match line.read(&mut buffer).await {
                        Ok(count @ 1..) => seen.extend_from_slice(&buffer[..count]),
                        _ => break,
                    }
                }
                read.fetch_add(seen.len(), Ordering::Relaxed);
                match says {
                    Some(words) => drop(line.write_all(words.as_bytes()).await),
                    None => tokio::time::sleep(Duration::from_secs(60)).await,
                }
            }
        });
        odd
    }

    async fn asked(&self, bytes: usize) -> Result<Verdict, Trouble> {
        self.antivirus.examine_bytes(vec![1; bytes]).await
    }
}

#[tokio::test]
async fn what_it_answers_is_read_whether_or_not_it_heard_all() {
    let whole = usize::MAX;
    assert_eq!(Odd::new(whole, Some("stream: OK\0")).await.asked(200_000).await.unwrap(), Verdict::Clean);
    let found = Odd::new(whole, Some("stream: Mal FOUND\0")).await.asked(10).await.unwrap();
    assert_eq!(found, Verdict::Infected("Mal".into()));
    let refused = Odd::new(whole, Some("INSTREAM size limit exceeded. ERROR\0")).await.asked(10).await;
    assert!(matches!(refused, Err(Trouble::TooLarge)), "{refused:?}");
}

#[tokio::test]
async fn nothing_is_believed_of_a_file_that_was_not_heard_to_its_end() {
    // It says that all is well after a few bytes, and hangs up.
    let hasty = Odd::new(10, Some("stream: OK\0")).await;
    let outcome = hasty.asked(30_000_000).await;
    assert!(matches!(outcome, Err(Trouble::Unreachable(_))), "{outcome:?}");
    let silent = Odd::new(usize::MAX, Some("")).await.asked(10).await;
    assert!(matches!(silent, Err(Trouble::Unreachable(_))), "{silent:?}");
}

#[tokio::test]
async fn a_file_that_the_store_stops_giving_is_not_judged() {
    let odd = Odd::new(usize::MAX, Some("stream: OK\0")).await;
    let broken = FileError::Empty("x".into());
    let content = stream::iter([Ok(Bytes::from_static(b"debut")), Err(broken)]).boxed();
    let outcome = odd.antivirus.examine(content).await;
    assert!(matches!(outcome, Err(Trouble::Store(_))), "{outcome:?}");
}

#[tokio::test]
async fn one_that_does_not_answer_in_time_is_left_alone_a_while() {
    let slow = Odd::new(usize::MAX, None).await;
    assert!(matches!(slow.asked(10).await, Err(Trouble::Slow)));
    let again = slow.asked(10).await.unwrap_err();
    assert!(matches!(&again, Trouble::Resting(why) if why.contains("n’a pas répondu")), "{again}");
    assert_eq!(slow.callers.load(Ordering::Relaxed), 1, "no other job waits for it in turn");
}

#[tokio::test]
async fn a_door_that_is_shut_is_tried_each_time() {
    let nobody = Antivirus::at("/nulle/part/clamd", 30).unwrap();
    for _ in 0..2 {
        let outcome = nobody.examine_bytes(vec![1]).await;
        assert!(matches!(outcome, Err(Trouble::Unreachable(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn each_piece_goes_with_its_length() {
    let odd = Odd::new(usize::MAX, Some("stream: OK\0")).await;
    odd.asked(PIECE + 1).await.unwrap();
    // The command, two lengths and their pieces, and the end.
    assert_eq!(odd.read.load(Ordering::Relaxed), b"zINSTREAM\0".len() + 4 + PIECE + 4 + 1 + 4);
}
