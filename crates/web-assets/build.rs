//! Fetches the pinned npm packages, picks the files we serve, and names each by its content.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};

/// File in its package → name we serve it under.
const FONTS: &[(&str, &str)] = &[
    (
        "@fontsource/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-400-normal.woff2",
        "text.woff2",
    ),
    (
        "@fontsource/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-400-italic.woff2",
        "text-italic.woff2",
    ),
    (
        "@fontsource/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-700-normal.woff2",
        "text-bold.woff2",
    ),
    (
        "@fontsource/atkinson-hyperlegible-mono/files/atkinson-hyperlegible-mono-latin-400-normal.woff2",
        "mono.woff2",
    ),
];
const STYLES: &[&str] = &[
    "tokens.css",
    "base.css",
    "components.css",
    "forms.css",
    "charts.css",
    "live.css",
    "console.css",
    "request.css",
    "print.css",
];
const OURS: &[(&str, &str)] = &[
    ("beffroi.js", "text/javascript"),
    ("composer.js", "text/javascript"),
    ("keys.js", "text/javascript"),
    ("list.js", "text/javascript"),
    ("passkeys.js", "text/javascript"),
    ("favicon.svg", "image/svg+xml"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for watched in ["package.json", "package-lock.json", "src"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    println!("cargo::rerun-if-env-changed=BEFFROI_NODE_MODULES");
    let packages = match env::var_os("BEFFROI_NODE_MODULES") {
        Some(folder) => PathBuf::from(folder),
        None => install(&out)?,
    };
    let mut table = String::from("&[\n");
    let mut style = fs::read_to_string(packages.join("modern-normalize/modern-normalize.css"))?;
    for name in STYLES {
        style.push_str(&fs::read_to_string(Path::new("src").join(name))?);
    }
    for (source, name) in FONTS {
        let path = emit(&mut table, &out, name, "font/woff2", &fs::read(packages.join(source))?)?;
        style = style.replace(&format!("asset:{name}"), &path);
    }
    emit(&mut table, &out, "beffroi.css", "text/css", style.as_bytes())?;
    let morph = fs::read_to_string(packages.join("idiomorph/dist/idiomorph.min.js"))?;
    let live = format!("{morph}\n{}", fs::read_to_string("src/live.js")?);
    emit(&mut table, &out, "live.js", "text/javascript", live.as_bytes())?;
    for (name, mime) in OURS {
        emit(&mut table, &out, name, mime, &fs::read(Path::new("src").join(name))?)?;
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

fn install(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    for name in ["package.json", "package-lock.json"] {
        fs::copy(name, out.join(name))?;
    }
    let status = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--silent"])
        .current_dir(out)
        .status()
        .map_err(|error| {
            format!("npm is needed to build ({error}): install Node.js, or set BEFFROI_NODE_MODULES")
        })?;
    if !status.success() {
        return Err(
            "npm ci failed: see above, or set BEFFROI_NODE_MODULES to an existing node_modules".into()
        );
    }
    Ok(out.join("node_modules"))
}

fn emit(
    table: &mut String,
    out: &Path,
    name: &str,
    mime: &str,
    bytes: &[u8],
) -> Result<String, Box<dyn Error>> {
    let hash = hex::encode(Sha256::digest(bytes));
    let (stem, extension) = name.rsplit_once('.').ok_or("an asset has an extension")?;
    let path = format!("/assets/{stem}.{}.{extension}", &hash[..12]);
    let file = out.join(name);
    fs::write(&file, bytes)?;
    writeln!(
        table,
        "Asset {{ name: {name:?}, path: {path:?}, mime: {mime:?}, bytes: include_bytes!({file:?}) }},"
    )?;
    Ok(path)
}
