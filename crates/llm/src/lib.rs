//! dd0c/route: what a language model may say of a page and of a command, and how it is asked.
//!
//! Two halves. The pure half builds prompts ([`labels`], [`review`]), reads answers strictly, and applies labels to what
//! the rules found. The other half ([`Route`]) speaks HTTP to any OpenAI-compatible endpoint, within a deadline; there a
//! model may also turn texts into vectors ([`Route::embed`]).
//!
//! A model labels; it never writes. This crate must never take a command from an answer (a label names lines, and the
//! text is cut out of the page), never leave out a command without saying so, never send a secret that it can
//! recognise, never log what was sent or received, and never wait past the deadline it was given.

mod apply;
mod breaker;
mod client;
mod embed;
mod exchange;
mod grounded;
pub mod labels;
mod mask;
mod page;
pub mod prompt;
pub mod review;
mod settings;
mod wire;

pub use apply::apply;
pub use client::{Question, Route};
pub use embed::{PASSAGE_BYTES, Passage};
pub use exchange::{Asked, RouteError};
pub use mask::{Secret, mask};
pub use page::{MOST_PARTS, Page, Part};
pub use settings::{Price, Settings, SettingsError};
