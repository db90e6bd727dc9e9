mod identity;
mod ids;
mod named;
mod reason;
mod trait_grammar;
