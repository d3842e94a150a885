//! Tells systemd when the service is ready and when it ends, so that `systemctl start` waits for the truth
//! (`Type=notify`). Elsewhere nothing listens and nothing is said. (issue 5)

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The address is open and the workers run.
pub(crate) fn ready() {
    tell("READY=1");
}

/// No new request is taken: those in hand are finished.
pub(crate) fn stopping() {
    tell("STOPPING=1");
}

fn tell(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, state, "systemd could not be told");
    }
}

fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    let address = match socket.as_bytes().split_first() {
        Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(listener: &UnixDatagram, socket: &OsStr) -> String {
        send(socket, "READY=1").unwrap();
        let mut bytes = [0; 32];
        let length = listener.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    #[test]
    fn a_socket_of_the_file_system_hears_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).unwrap();
        assert_eq!(heard(&listener, path.as_os_str()), "READY=1");
    }

    #[test]
    fn an_abstract_socket_hears_it() {
        let name = format!("beffroi-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixDatagram::bind_addr(&address).unwrap();
        assert_eq!(heard(&listener, OsStr::new(&format!("@{name}"))), "READY=1");
    }

    #[test]
    fn a_missing_socket_is_a_fault() {
        assert!(send(OsStr::new("/nulle/part"), "READY=1").is_err());
    }
}
