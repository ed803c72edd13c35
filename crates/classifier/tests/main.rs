//! The scanner and the table of risk: rules, tricky commands, peers, properties, caps, fuzz.

mod caps;
mod effects;
mod fuzz;
mod peers;
mod properties;
#[path = "pages.rs"]
mod rule_pages;
mod rules;
mod tricky;
