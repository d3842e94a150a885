//! An HTTP client small enough to see every answer: one connection a request, no redirection followed.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Clone, Debug)]
pub struct Browser {
    pub address: SocketAddr,
    pub cookie: String,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub body: String,
    cookie: Option<String>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookie: String::new() }
    }

    pub async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, "").await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        self.send("POST", path, &pairs.join("&")).await
    }

    /// Without a body.
    pub async fn put(&mut self, path: &str) -> io::Result<Answer> {
        self.send("PUT", path, "").await
    }

    async fn send(&mut self, method: &str, path: &str, form: &str) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address).await?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.address,
            self.cookie,
            form.len()
        );
        stream.write_all(head.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        let answer = Answer::read(&String::from_utf8_lossy(&bytes))?;
        if let Some(cookie) = &answer.cookie {
            self.cookie.clone_from(cookie);
        }
        Ok(answer)
    }
}

impl Answer {
    fn read(text: &str) -> io::Result<Self> {
        // A server killed half-way leaves half a head: that is no answer.
        let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        let header = |name: &str| {
            let pairs = head.lines().filter_map(|line| line.split_once(':'));
            pairs
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim().to_owned())
                .next()
        };
        let cookie = header("set-cookie").and_then(|line| line.split(';').next().map(str::to_owned));
        Ok(Self { status, location: header("location").unwrap_or_default(), body: body.to_owned(), cookie })
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
