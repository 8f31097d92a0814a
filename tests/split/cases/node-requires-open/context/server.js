for (const f of files) require(f)
