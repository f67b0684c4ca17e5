using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Pacs.Conventions.Tests;

public sealed partial class LayoutTests
{
    private const int MaxLines = 600;

    public static IReadOnlyList<Assembly> Product { get; } =
        [.. new[] { "Pacs.Dicom", "Pacs.Storage", "Pacs.Dimse", "Pacs.Worker", "Pacs.Api" }.Select(Assembly.Load)];

    [Fact]
    public void Namespace_EveryFile_IsItsFolder() => Conventions.AssertNone(
        from file in SourceFile.All where file.Namespace is { } found && found != file.ExpectedNamespace select $"{file.Path}: {file.Namespace}",
        "A namespace equals its folder.");

    [Fact]
    public void Length_EveryFile_IsBounded() => Conventions.AssertNone(
        from file in SourceFile.All where file.Lines.Count > MaxLines select $"{file.Path}: {file.Lines.Count} lines",
        $"A file has at most {MaxLines} lines: split it by what its parts do.");

    [Fact]
    public void PublicTypes_EveryFile_HasOneNamedLikeIt() => Conventions.AssertNone(
        from file in SourceFile.All
        where file.IsProduct || file.Path.StartsWith("tests/Pacs.TestKit/", StringComparison.Ordinal)
        let types = file.PublicTypes.Distinct().ToList()
        where types.Count > 1 || types.Count == 1 && types[0] != file.Name.Split('.')[0]
        select $"{file.Path}: {string.Join(", ", types)}",
        "A file has one public type and its name (Type.Aspect.cs for a part of it).");

    [Fact]
    public void Classes_Product_AreSealed() => Conventions.AssertNone(
        from type in Product.SelectMany(a => a.GetTypes())
        where type is { IsClass: true, IsAbstract: false, IsSealed: false } && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Name[0] != '<'
        where type.Name != "Program" && !Product.SelectMany(a => a.GetTypes()).Any(t => t.BaseType == type)
        select type.FullName,
        "A class is sealed, unless something derives from it.");

    [Fact]
    public void Names_EveryType_SayWhatItDoes() => Conventions.AssertNone(
        from file in SourceFile.All
        from type in file.Types
        where GrabBag().IsMatch(type)
        select $"{file.Path}: {type}",
        "Manager, Helper and Utils say nothing: name the type for what it does.");

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utility|Utilities)$")]
    private static partial Regex GrabBag();
}
