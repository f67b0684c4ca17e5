using System.Reflection;
using System.Text.RegularExpressions;
using Pacs.Storage.Hosting;
using Pacs.TestKit.Processes;

namespace Pacs.Conventions.Tests;

/// <summary>What the container files, scripts and pages name is what the code has.</summary>
public sealed partial class DeploymentTests
{
    private static readonly PacsOptions Defaults = new();

    [Fact]
    public void EnvironmentVariables_Everywhere_AreOptions() => Conventions.AssertNone(
        from path in Texts()
        from match in Variable().Matches(File.ReadAllText(path)).Cast<Match>()
        where !IsOption(match.Groups[1].Value.Split("__"))
        select $"{Path.GetRelativePath(RepositoryPaths.Root, path)}: {match.Value}",
        "A variable named for people sets an option.");

    [Fact]
    public void Dockerfile_Ports_AreTheDefaults()
    {
        var exposed = Expose().Match(Read("Dockerfile")).Groups[1].Value.Split(' ').Select(int.Parse);
        Assert.Equal([new Uri(Defaults.Http.Urls).Port, Defaults.Dimse.Port], exposed);
    }

    [Fact]
    public void Compose_Ports_AreExposed()
    {
        var exposed = Expose().Match(Read("Dockerfile")).Groups[1].Value.Split(' ');
        Assert.All(Published().Matches(Read("docker-compose.yml")).Select(m => m.Groups[1].Value), port => Assert.Contains(port, exposed));
    }

    [Fact]
    public void Containers_Programs_AreProjects() => Assert.All(
        Program().Matches(Read("Dockerfile") + Read("docker-compose.yml")).Select(m => m.Groups[1].Value).Distinct(),
        program => Assert.True(File.Exists(Path.Combine(RepositoryPaths.Root, "src", program, program + ".csproj")), program));

    [Fact]
    public void Dockerfile_Sources_AreThere() => Assert.All(
        SourcePath().Matches(Read("Dockerfile")).Select(m => m.Value).Distinct(),
        path => Assert.True(Directory.Exists(Path.Combine(RepositoryPaths.Root, path)), path));

    [Fact]
    public void Compose_Roles_AreAllThere() => Assert.Equal(
        ["Api", "Dimse", "Worker"],
        Role().Matches(Read("docker-compose.yml")).Select(m => m.Groups[1].Value).Order());

    private static bool IsOption(string[] path)
    {
        var type = typeof(PacsOptions);
        foreach (var name in path)
        {
            if (int.TryParse(name, out _) && type.IsGenericType)
            {
                type = type.GetGenericArguments()[0];
                continue;
            }
            if (type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is not { } property) return false;
            type = property.PropertyType;
        }
        return true;
    }

    private static IEnumerable<string> Texts() =>
        new[] { "Dockerfile", "docker-compose.yml", "pacs", "README.md", ".ci/run" }.Select(f => Path.Combine(RepositoryPaths.Root, f)).Where(File.Exists)
            .Concat(Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "docs"), "*.md", SearchOption.AllDirectories));

    private static string Read(string file) => File.ReadAllText(Path.Combine(RepositoryPaths.Root, file));

    [GeneratedRegex(@"\bPACS__(\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^EXPOSE (.+)$", RegexOptions.Multiline)]
    private static partial Regex Expose();

    [GeneratedRegex(@"ports:.*:(\d+)""\]")]
    private static partial Regex Published();

    [GeneratedRegex(@"(Pacs\.\w+)\.dll")]
    private static partial Regex Program();

    [GeneratedRegex(@"\bsrc/[\w./]+")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"PACS__Roles: (\w+)")]
    private static partial Regex Role();
}
