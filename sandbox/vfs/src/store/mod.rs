//! todo
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob;
