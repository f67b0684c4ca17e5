using System.Security.Cryptography;
using System.Text;

namespace Pacs.TestKit.Processes;

/// <summary>Where things are in the working tree that the tests were built from.</summary>
public static class RepositoryPaths
{
    /// <summary>The folder of <c>Pacs.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Kept from one run of this checkout's tests to the next, for this account.</summary>
    public static string Kept { get; } = Path.Combine(
        Path.GetTempPath(), $"pacs-tests-{Environment.UserName}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Root)))[..8]}");

    /// <summary>Debug or Release: what the tests themselves were built as.</summary>
    public static string Configuration { get; } =
        AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar).Contains("Release") ? "Release" : "Debug";

    /// <summary>The built program of a project under <c>src</c>.</summary>
    public static string HostAssembly(string project) =>
        Path.Combine(Root, "src", project, "bin", Configuration, "net10.0", project + ".dll");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pacs.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException("The tests do not run from within the working tree.");
    }
}
