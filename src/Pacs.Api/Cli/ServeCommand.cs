using Pacs.Api.Hosting;
using Pacs.Storage.Hosting;

namespace Pacs.Api.Cli;

/// <summary>Runs the roles until the process is told to stop.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellation)
    {
        try
        {
            await RoleHost.RunAsync(() => PacsHost.Build(settings), cancellation);
            return 0;
        }
        catch (Exception e) when (Explain(e) is { } explanation)
        {
            Console.Error.WriteLine(explanation);
            return 1;
        }
    }

    /// <summary>What a person needs to know of a start that failed; null for a fault of the program.</summary>
    public static string? Explain(Exception error) => error switch
    {
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } e => $"HTTP cannot listen: {e.Message} Choose another address with Pacs:Http:Urls.",
        _ => RoleHost.Explain(error),
    };
}
