//! Configuration: one TOML format for server and command line.
