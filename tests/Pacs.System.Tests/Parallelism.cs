// What the tests of this project do most is wait: for servers that start, leases that lapse, lines that are slow.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
