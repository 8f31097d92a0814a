"""Libraries that start programs in ways of their own: Invoke and Fabric, `sh`, plumbum."""
