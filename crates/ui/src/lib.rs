//! The look of every page: components as functions, in French, that work without JavaScript, with
//! the keyboard alone, at 320 px and in the dark. (RGAA 4)

mod blocks;
mod data;
pub mod errors;
pub mod form;
mod page;
mod words;

pub use blocks::*;
pub use data::{Bar, Column, bar_chart, facts, pages, table};
pub use page::{Flash, NavItem, Page, UserBar, Width, page};
pub use words::*;
