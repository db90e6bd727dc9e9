mod identity;
mod ids;
mod reason;
mod trait_grammar;
