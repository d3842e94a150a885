//! A mail server that keeps what it took charge of, and when: a message is taken once its last line is read,
//! whether or not the sender lives to hear it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

/// A message taken charge of.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its `Message-ID`, without the angle brackets.
    pub id: String,
    pub to: String,
    pub at: Instant,
}

/// The server; it listens until the test ends.
#[derive(Clone, Debug)]
pub struct Sink {
    pub address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Sink {
    /// Listens; answers to each message after `slowly`, as a server that checks and stores it does.
    pub async fn open(slowly: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self { address: listener.local_addr().unwrap(), taken: Arc::default() };
        let own = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sink = own.clone();
                tokio::spawn(async move { sink.converse(stream, slowly).await });
            }
        });
        sink
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    async fn converse(&self, stream: TcpStream, slowly: Duration) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let (mut to, mut id, mut within) = (String::new(), String::new(), false);
        writer.write_all(b"220 essai ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            if within && line != "." {
                if let Some(text) = line.strip_prefix("Message-ID:") {
                    id = text.trim().trim_matches(['<', '>']).to_owned();
                }
                continue;
            }
            let answer: &[u8] = if within {
                within = false;
                let one = Taken { id: id.clone(), to: to.clone(), at: Instant::now() };
                self.taken.lock().unwrap().push(one);
                sleep(slowly).await;
                b"250 pris en charge\r\n"
            } else if line.starts_with("EHLO") {
                b"250-essai\r\n250 8BITMIME\r\n"
            } else if let Some(text) = line.strip_prefix("RCPT TO:") {
                to = text.trim_matches(['<', '>', ' ']).to_owned();
                b"250 ok\r\n"
            } else if line == "DATA" {
                within = true;
                b"354 allez\r\n"
            } else {
                b"250 ok\r\n"
            };
            writer.write_all(answer).await?;
        }
        Ok(())
    }
}
