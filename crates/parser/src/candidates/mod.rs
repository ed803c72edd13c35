//! Command candidates: what of a page can be run. Precision before recall: a command that is missed costs a look
//! at the page, a line of output that is offered to run can cost an incident.

pub(crate) mod bare;
pub(crate) mod block;
pub(crate) mod inline;
mod numbered;
pub(crate) mod prompts;
mod script;
pub(crate) mod shape;
mod shell;
mod sql;
mod statement;
mod transcript;

pub(crate) use statement::{Page, Statement};
