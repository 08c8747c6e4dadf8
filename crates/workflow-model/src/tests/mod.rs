//! What the crate promises, as data and as properties.

mod checks;
mod expressions;
mod files;
mod properties;
mod reading;
