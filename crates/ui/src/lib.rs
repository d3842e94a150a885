//! The look of every page: components as functions, in French, that work without JavaScript, with
//! the keyboard alone, at 320 px and in the dark. (RGAA 4)

mod blocks;
pub mod charts;
mod data;
mod delays;
pub mod errors;
pub mod form;
pub mod gallery;
mod live;
mod page;
mod patterns;
mod shapes;
mod words;

pub use blocks::*;
pub use charts::worked;
pub use data::{Bar, Column, bar_chart, facts, pages, table};
pub use delays::{Pace, ago, deadline, moment_text, time_left_in};
pub use live::Live;
pub use page::{Bulletin, Flash, NavItem, Page, UserBar, Width, page, script};
pub use patterns::{Answer, Question, Task, checklist, question, summary_list, task_list};
pub use shapes::{belfry, shape};
pub use words::*;
