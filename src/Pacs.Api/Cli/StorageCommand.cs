using Pacs.Api.Hosting;

namespace Pacs.Api.Cli;

/// <summary>A command that works on the archive: storage is started around it, whether or not a server runs.</summary>
internal static class StorageCommand
{
    public static async Task<int> RunAsync(Func<IServiceProvider, CancellationToken, Task<int>> work, CancellationToken cancellation)
    {
        try
        {
            using var host = PacsHost.BuildForCommand();
            await host.StartAsync(cancellation);
            try
            {
                return await work(host.Services, cancellation);
            }
            finally
            {
                await host.StopAsync(CancellationToken.None);
            }
        }
        catch (Exception e) when (ServeCommand.Explain(e) is { } explanation)
        {
            Console.Error.WriteLine(explanation);
            return 1;
        }
    }
}
