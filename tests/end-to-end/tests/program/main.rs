//! Every command as a user runs it: right input against a plain computation, wrong input against its message.

mod numbers;
