using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Outbound;

/// <summary>Death by SIGKILL, and what comes back.</summary>
internal static class Killing
{
    /// <summary>How often each case is repeated: <c>PACS_KILL_ROUNDS</c>, 1 unless set.</summary>
    public static int Rounds { get; } = int.TryParse(Environment.GetEnvironmentVariable("PACS_KILL_ROUNDS"), out var rounds) ? rounds : 1;

    /// <summary>Kills it and starts it again.</summary>
    public static async Task KillAsync(this Victim victim, PacsServer server, Func<Task> killPeer, Func<Task> startPeer)
    {
        switch (victim)
        {
            case Victim.Worker:
                await server.KillWorkerAsync();
                server.StartWorker();
                break;
            case Victim.Server:
                await server.KillHostsAsync();
                await server.StartAgainAsync();
                break;
            case Victim.Database:
                server.KillDatabase();
                break;
            case Victim.Machine:
                await server.KillAsync();
                await server.StartAgainAsync();
                break;
            default:
                await killPeer();
                await startPeer();
                break;
        }
    }
}
