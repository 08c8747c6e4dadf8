//! The door, from outside: what it lets in, what it keeps out, and that what is kept out changes nothing.

mod api;
mod deliveries;
mod refusals;
mod stage;
