//! What the parser makes of pages: rules, whole pages, hostile texts, and what holds for all of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

mod adversarial;
mod fuzz;
mod gold;
mod grammar;
mod pages;
mod properties;
mod rules;
mod support {
    pub(crate) mod commands;
    pub(crate) mod grounding;
    pub(crate) mod mutation;
}
