using System.CommandLine;
using Pacs.Storage.Maintenance;

namespace Pacs.Api.Cli;

/// <summary>reindex: builds the index anew from the stored files.</summary>
internal static class ReindexCommand
{
    public static Command Create()
    {
        var command = new Command("reindex", "Rebuild the index from the stored files. Stop the server first.");
        command.SetAction((_, cancellation) => StorageCommand.RunAsync(async (services, stopping) =>
        {
            var progress = Console.IsErrorRedirected ? null : new SynchronousProgress(p => Console.Error.Write($"\r{p.Indexed} indexed, {p.Failed} failed "));
            var end = await services.GetRequiredService<Reindex>().RunAsync(progress, stopping);
            Console.Error.WriteLine($"{(progress is null ? "" : "\r")}{end.Indexed} objects indexed, {end.Failed} files failed");
            return end.Failed == 0 ? 0 : 1;
        }, cancellation));
        return command;
    }

    /// <summary>Reports where it is called: <see cref="Progress{T}"/> would print after the end.</summary>
    private sealed class SynchronousProgress(Action<ReindexProgress> report) : IProgress<ReindexProgress>
    {
        public void Report(ReindexProgress value) => report(value);
    }
}
