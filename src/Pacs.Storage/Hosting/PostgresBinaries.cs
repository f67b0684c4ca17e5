namespace Pacs.Storage.Hosting;

/// <summary>Where PostgreSQL's programs are.</summary>
internal sealed record PostgresBinaries(string Folder, int Major)
{
    public string InitDb => Path.Combine(Folder, "initdb");
    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    /// <summary>The configured folder, else the newest version below <c>/usr/lib/postgresql</c>, else <c>PATH</c>; an existing cluster needs its own version.</summary>
    /// <exception cref="PacsStartupException">None fits.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? configured, int? wantedMajor, CancellationToken cancellation)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in Candidates(configured))
            if (File.Exists(Path.Combine(folder, "initdb")) && await MajorOfAsync(folder, cancellation) is { } major)
                found.Add(new PostgresBinaries(folder, major));
        var fit = found.Where(b => b.Major >= 15 && (wantedMajor is null || b.Major == wantedMajor)).MaxBy(b => b.Major);
        if (fit is not null) return fit;
        throw new PacsStartupException(wantedMajor is { } wanted
            ? $"The database in the data folder is of PostgreSQL {wanted}, whose server programs are not installed: install postgresql-{wanted}, or convert the folder with pg_upgrade."
            : "No PostgreSQL server of version 15 or later is installed: install the package postgresql, or set Pacs:Database:ConnectionString or Pacs:Database:BinaryFolder.");
    }

    private static IEnumerable<string> Candidates(string? configured)
    {
        if (configured is not null) return [configured];
        var debian = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")) : [];
        return debian.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries));
    }

    // "initdb (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"
    private static async Task<int?> MajorOfAsync(string folder, CancellationToken cancellation)
    {
        var version = await ProcessRun.ToEndAsync([Path.Combine(folder, "initdb"), "--version"], cancellation);
        var number = version.Output.Split(' ').SkipWhile(w => w != "(PostgreSQL)").Skip(1).FirstOrDefault() ?? "";
        var digits = new string([.. number.TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(digits, out var major) ? major : null;
    }
}
