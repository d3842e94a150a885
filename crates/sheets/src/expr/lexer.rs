//! Cuts a condition into words.

use super::{ExprError, Op};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Number(i64),
    Op(Op),
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
}

/// The words of the text, each with its column.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, ExprError> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, end) = token(&chars, at)?;
        found.push((at + 1, token));
        at = end;
    }
    Ok(found)
}

fn token(chars: &[char], at: usize) -> Result<(Token, usize), ExprError> {
    let next = chars.get(at + 1).copied();
    let one = |token| Ok((token, at + 1));
    let two = |op| Ok((Token::Op(op), at + 2));
    match chars[at] {
        '(' => one(Token::Open),
        ')' => one(Token::Close),
        '[' => one(Token::OpenList),
        ']' => one(Token::CloseList),
        ',' => one(Token::Comma),
        '=' if next == Some('=') => two(Op::Equal),
        '!' if next == Some('=') => two(Op::Different),
        '<' if next == Some('=') => two(Op::AtMost),
        '>' if next == Some('=') => two(Op::AtLeast),
        '<' => one(Token::Op(Op::Less)),
        '>' => one(Token::Op(Op::More)),
        '"' => quoted(chars, at),
        c if c == '-' || c.is_ascii_digit() => number(chars, at),
        c if is_word(c) => Ok(word(chars, at)),
        c => Err(error(at, format!("« {c} » n’a pas de sens ici"))),
    }
}

fn quoted(chars: &[char], start: usize) -> Result<(Token, usize), ExprError> {
    let mut text = String::new();
    let mut at = start + 1;
    while let Some(&c) = chars.get(at) {
        match c {
            '"' => return Ok((Token::Text(text), at + 1)),
            '\\' => {
                at += 1;
                text.extend(chars.get(at));
            }
            c => text.push(c),
        }
        at += 1;
    }
    Err(error(start, "le guillemet ouvert n’est pas fermé"))
}

fn number(chars: &[char], start: usize) -> Result<(Token, usize), ExprError> {
    let digits = chars[start + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    let end = start + 1 + digits;
    let text: String = chars[start..end].iter().collect();
    let number = text.parse().map_err(|_| error(start, format!("« {text} » n’est pas un nombre entier")))?;
    Ok((Token::Number(number), end))
}

fn word(chars: &[char], start: usize) -> (Token, usize) {
    let length = chars[start..].iter().take_while(|c| is_word(**c)).count();
    (Token::Word(chars[start..start + length].iter().collect()), start + length)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '.'
}

pub(super) fn error(at: usize, message: impl Into<String>) -> ExprError {
    ExprError { column: at + 1, message: message.into() }
}
