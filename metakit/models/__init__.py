"""One module per stage, numpy only. A stage is found by being here: there is no list to add it to."""
