mod identity;
mod ids;
mod trait_grammar;
