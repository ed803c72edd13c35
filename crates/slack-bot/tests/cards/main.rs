//! Every card: to the letter, within Slack's limits, and against hostile text.

mod golden;
mod hostile;
mod support;
