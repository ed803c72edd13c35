//! The copilot in a look-alike of Slack, over a real engine and a real database.

mod deliveries;
mod house;
mod incident;
mod refusals;
