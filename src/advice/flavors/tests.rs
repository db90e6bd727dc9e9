mod compare;
mod propose;
