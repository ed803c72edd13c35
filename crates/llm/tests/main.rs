//! The model behind real HTTP: a scripted one that is right, late, wrong, or obeys the page.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod embed;
mod injection;
mod labels;
mod real_model;
mod route;
