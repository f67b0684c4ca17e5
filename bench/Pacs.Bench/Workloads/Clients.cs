namespace Pacs.Bench.Workloads;

/// <summary>Clients side by side.</summary>
internal static class Clients
{
    /// <summary>Runs the work so many times at once, each on a thread of its own: the DICOM client blocks.</summary>
    public static Task RunAsync(int clients, Action<int> work) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(i => Task.Factory.StartNew(
            () => work(i), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

    /// <summary>The share of the i-th of so many clients in so many objects.</summary>
    public static int ShareOf(int client, int clients, int total) => total / clients + (client < total % clients ? 1 : 0);
}
