//! What is found in an organisation that is well but for one thing.
