using System.Xml.Linq;
using Pacs.TestKit.Processes;

namespace Pacs.Conventions.Tests;

public sealed class DependencyTests
{
    /// <summary>What each project may reference; Pacs.Api is the host of all roles.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Pacs.Dicom"] = [],
        ["Pacs.Storage"] = ["Pacs.Dicom"],
        ["Pacs.Dimse"] = ["Pacs.Storage"],
        ["Pacs.Worker"] = ["Pacs.Storage"],
        ["Pacs.Api"] = ["Pacs.Dimse", "Pacs.Worker", "Pacs.Storage"],
    };

    [Fact]
    public void ProjectReferences_Product_PointTowardsTheToolkit()
    {
        foreach (var project in Directory.GetDirectories(Path.Combine(RepositoryPaths.Root, "src")).Select(Path.GetFileName))
            Assert.Empty(References(project!, "ProjectReference").Select(Path.GetFileNameWithoutExtension).Except(Allowed[project!]));
    }

    [Fact]
    public void PackageReferences_Toolkit_AreLoggingAbstractionsOnly() =>
        Assert.Empty(References("Pacs.Dicom", "PackageReference").Except(["Microsoft.Extensions.Logging.Abstractions"]));

    [Fact]
    public void Assemblies_Toolkit_KnowsNoOtherProject() => Conventions.AssertNone(
        LayoutTests.Product.Single(a => a.GetName().Name == "Pacs.Dicom").GetReferencedAssemblies().Select(a => a.Name!)
            .Where(n => n.StartsWith("Pacs.", StringComparison.Ordinal) || n.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)),
        "The toolkit is of use to others only while it knows nothing of the PACS.");

    [Fact]
    public void Sockets_Product_AreOpenedByTheToolkitOnly() => Conventions.AssertNone(
        from file in SourceFile.All
        where file.IsProduct && !file.Path.StartsWith("src/Pacs.Dicom/Net/", StringComparison.Ordinal)
        where file.Code.Contains("new Socket(", StringComparison.Ordinal) || file.Code.Contains("new TcpClient(", StringComparison.Ordinal) || file.Code.Contains("new TcpListener(", StringComparison.Ordinal)
        select file.Path,
        "Pacs.Dicom/Net is the only network I/O of DICOM.");

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(Path.Combine(RepositoryPaths.Root, "src", project, project + ".csproj")).Descendants(kind)
            .Select(r => r.Attribute("Include")!.Value.Replace('\\', '/'));
}
