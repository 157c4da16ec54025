//! Every command as a user runs it: right input against a plain computation, wrong input against its message.

mod numbers;
mod formats;
mod training;
mod second_order;
mod spectra;
mod layer_spectra;
mod trace_and_density;
mod spectrum_notes;
mod curvature;
mod records;
mod figures;
mod bad_files;
mod bad_options;
mod folders;
mod room;
mod foresight;
mod deck;
mod device;
mod help;
mod mutation;
