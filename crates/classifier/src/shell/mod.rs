//! Reading shell text: placeholders, the syntax tree, words.

mod arithmetic;
mod braces;
#[cfg(test)]
mod differential;
mod lexer;
mod naming;
pub(crate) mod redirect;
pub(crate) mod text;
pub(crate) mod tree;
mod unseen;
pub(crate) mod walk;
pub(crate) mod word;
