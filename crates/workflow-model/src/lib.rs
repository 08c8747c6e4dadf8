//! Reads a GitHub Actions workflow file and says what GitHub would do with it.
