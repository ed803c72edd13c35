//! Reading shell text: placeholders, the syntax tree, words.

pub(crate) mod redirect;
pub(crate) mod text;
pub(crate) mod tree;
pub(crate) mod walk;
pub(crate) mod word;
