//! The document of an act, verified by a copy of the program where nothing of the first machine is: another root, with
//! the program and its libraries alone, no home, no database, no network, no folder of data; only the file as it was
//! received and the key as it is published. (T2)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use beffroi_acts::proof::{Sealer, pdf};
use beffroi_app::keys::journal_key;
use ground::document::statement;
use ground::{Engine, Place, Said};

/// Another machine: a folder that becomes the root of what runs there, when one may do that; else a folder of its own
/// where the program runs without anything of the first in its environment.
struct Machine {
    folder: tempfile::TempDir,
    apart: bool,
}

/// The libraries that the program loads, as its loader names them.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let told = Command::new("ldd").arg(program).output().expect("ldd comes with the C library");
    let told = String::from_utf8(told.stdout).unwrap();
    told.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect()
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_beffroi"));
        fs::copy(program, folder.path().join("beffroi")).unwrap();
        for library in libraries(program) {
            let to = folder.path().join(library.strip_prefix("/").unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&library, to).unwrap();
        }
        fs::create_dir(folder.path().join("recu")).unwrap();
        let mut machine = Self { folder, apart: true };
        machine.apart = machine.run(&["--version"]).code == Some(0);
        if !machine.apart {
            eprintln!("no other root here: the copy runs in a folder of its own, without environment");
        }
        machine
    }

    fn receives(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join("recu").join(name);
        fs::write(&path, bytes).unwrap();
        if self.apart { format!("/recu/{name}") } else { path.to_str().unwrap().to_owned() }
    }

    /// Runs the copy, with an empty environment; without network and from its own root when one may.
    fn run(&self, arguments: &[&str]) -> Said {
        let root = self.folder.path();
        let mut command = if self.apart {
            let mut command = Command::new("unshare");
            command.args(["--net", "chroot"]).arg(root).arg("/beffroi");
            command
        } else {
            Command::new(root.join("beffroi"))
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.args(arguments).env_clear().current_dir(root.join("recu"));
        if self.apart {
            // For `unshare` and `chroot` themselves to be found.
            command.env("PATH", path);
        }
        Said::of(command.output().unwrap())
    }

    /// What is there beside the program and what it received.
    fn left(&self) -> Vec<String> {
        let known = ["beffroi", "recu", "lib", "lib64", "usr"];
        let names = fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !known.contains(&name.as_str())).collect()
    }
}

/// An installation that seals a document and publishes its key, then disappears.
async fn sealed() -> (Vec<u8>, String) {
    let place = Place::empty(Engine::Sqlite).await;
    let published = place.run(&["act", "key"]).well();
    let own = Sealer::new(journal_key(&place.config.data_dir).unwrap());
    let bytes = pdf(&statement(), "https://beffroi.example", &own).unwrap();
    let gone = place.config.data_dir.clone();
    place.remove().await;
    assert!(!gone.exists(), "nothing of the first machine is left");
    (bytes, published)
}

#[tokio::test]
async fn a_document_is_verified_where_only_the_program_the_file_and_the_key_are() {
    let (bytes, published) = sealed().await;
    let machine = Machine::new();
    let key = machine.receives("cle.txt", published.as_bytes());
    let file = machine.receives("acte.pdf", &bytes);
    let said = machine.run(&["act", "verify", &file, "--key", &key]).well();
    for expected in ["Document intact", "A2026-000042", "Hélène Dumetz", "Lycée Jean-Bart"] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert_eq!(machine.left(), Vec::<String>::new(), "verifying leaves nothing behind");

    for at in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 700, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let file = machine.receives("change.pdf", &changed);
        let said = machine.run(&["act", "verify", &file, "--key", &key]);
        assert!(said.code == Some(1) && said.out.contains("Ce fichier ne prouve rien"), "{at}: {said:?}");
    }
    // Without the key of the first machine, the second says nothing about its documents.
    let said = machine.run(&["act", "verify", &file]);
    assert!(said.code == Some(1) && said.err.contains("--key"), "{said:?}");
    assert_eq!(machine.left(), Vec::<String>::new());
}
