using System.Net;
using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Outbound;

/// <summary>Death by SIGKILL, and what comes back.</summary>
internal static class Killing
{
    /// <summary>How often each case is repeated: <c>PACS_KILL_ROUNDS</c>, 1 unless set.</summary>
    public static int Rounds { get; } = int.TryParse(Environment.GetEnvironmentVariable("PACS_KILL_ROUNDS"), out var rounds) ? rounds : 1;

    /// <summary>Asks again while there is no answer: each connection that a server had to a database that died may fail once.</summary>
    public static async Task<T> AnswerAsync<T>(Func<Task<T>> ask)
    {
        T? answer = default;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    answer = await ask();
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            what: "the server answers");
        return answer!;
    }

    /// <inheritdoc cref="AnswerAsync{T}(Func{Task{T}})"/>
    public static Task<HttpStatusCode> SucceedAsync(Func<Task<HttpResponseMessage>> ask) => AnswerAsync(async () =>
    {
        using var response = await ask();
        // Some objects of several are refused where the database has gone or come back in between.
        return response.StatusCode == HttpStatusCode.Accepted ? throw new HttpRequestException("Not all of it was done.") : response.EnsureSuccessStatusCode().StatusCode;
    });

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
