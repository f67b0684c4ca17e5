namespace Pacs.Storage.Hosting;

/// <summary>Who runs PostgreSQL: this account, or – PostgreSQL refuses root – another one when this process is root.</summary>
internal sealed class ServiceAccount
{
    private readonly IReadOnlyList<string> _prefix;

    private ServiceAccount(int? uid, int? gid, IReadOnlyList<string> prefix) => (Uid, Gid, _prefix) = (uid, gid, prefix);

    /// <summary>Null: this process's own.</summary>
    public int? Uid { get; }

    public int? Gid { get; }

    /// <param name="user">Account to use when this process is root.</param>
    /// <param name="home">A folder that the account has to get into.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="PacsStartupException">The account is not there, or cannot get in.</exception>
    public static async Task<ServiceAccount> ForAsync(string user, string home, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess) return new ServiceAccount(null, null, []);
        var uid = await IdAsync("-u", user, cancellation);
        var gid = await IdAsync("-g", user, cancellation);
        IReadOnlyList<string> plain = ["setpriv", $"--reuid={uid}", $"--regid={gid}", "--clear-groups"];
        // A data folder below /root, or another that only its owner may enter: lend the right to pass, and only then.
        IReadOnlyList<string> lent = [.. plain, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"];
        foreach (var prefix in (IReadOnlyList<IReadOnlyList<string>>)[[.. plain, "--"], [.. lent, "--"]])
        {
            var test = await ProcessRun.ToEndAsync([.. prefix, "ls", "-d", Path.Combine(home, ".")], cancellation);
            if (test.ExitCode == 0) return new ServiceAccount(uid, gid, prefix);
        }
        throw new PacsStartupException($"The account {user} cannot get into {home}: move Pacs:DataFolder to where it can, or start as an ordinary user.");
    }

    public Task<ProcessRun> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation) =>
        ProcessRun.ToEndAsync([.. _prefix, .. command], cancellation);

    /// <summary>A folder that only the account may enter; made if need be.</summary>
    public void Own(string folder)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Give(folder);
    }

    public void Give(string path)
    {
        if (Uid is { } uid) Posix.ChangeOwner(path, uid, Gid!.Value);
    }

    private static async Task<int> IdAsync(string option, string user, CancellationToken cancellation)
    {
        var id = await ProcessRun.ToEndAsync(["id", option, user], cancellation);
        return int.TryParse(id.Output, out var number) && id.ExitCode == 0 && number != 0
            ? number
            : throw new PacsStartupException($"PostgreSQL does not run as root, and there is no account {user} to run it: install the package postgresql, set Pacs:Database:ServiceUser, or start as an ordinary user.");
    }
}
