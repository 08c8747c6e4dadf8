//! The server: webhook door, HTTP API, start and stop.
