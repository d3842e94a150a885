//! Prints the gallery with its style inside, to look at it without a server.

use std::error::Error;
use std::io::{Write as _, stdout};

use beffroi_web_assets::{find, url};

fn main() -> Result<(), Box<dyn Error>> {
    let style = find(url("beffroi.css")).ok_or("the style is missing")?;
    let style = std::str::from_utf8(style.bytes)?;
    let link = format!(r#"<link rel="stylesheet" href="{}">"#, url("beffroi.css"));
    let page =
        beffroi_ui::gallery::gallery().into_string().replace(&link, &format!("<style>{style}</style>"));
    stdout().write_all(page.as_bytes())?;
    Ok(())
}
