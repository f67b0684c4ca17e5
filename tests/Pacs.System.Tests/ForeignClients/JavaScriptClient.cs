using System.Text.Json;
using System.Text.Json.Nodes;
using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.ForeignClients;

/// <summary>dicomweb-client from npm, the client of OHIF and Cornerstone, under Node.js: one process a call.</summary>
internal sealed class JavaScriptClient(Uri root)
{
    private static readonly string Modules = Path.Combine(RepositoryPaths.Root, "artifacts", "web-clients", "node_modules");
    private static readonly string Script = Path.Combine(RepositoryPaths.Root, "tests", "Pacs.System.Tests", "ForeignClients", "JavaScript", "call.cjs");

    /// <summary>Calls a method whose result is JSON.</summary>
    public async Task<JsonNode> CallAsync(string method, object options)
    {
        using var folder = new TemporaryFolder();
        (await RunAsync(method, options, folder)).EnsureSucceeded();
        return JsonNode.Parse(await File.ReadAllBytesAsync(folder.File("result.json")))!;
    }

    /// <summary>Calls a method whose result is one or several blocks of bytes.</summary>
    public async Task<IReadOnlyList<byte[]>> FetchAsync(string method, object options)
    {
        using var folder = new TemporaryFolder();
        (await RunAsync(method, options, folder)).EnsureSucceeded();
        var count = Directory.GetFiles(folder.Path, "*.bin").Length;
        return await Task.WhenAll(Enumerable.Range(0, count).Select(i => File.ReadAllBytesAsync(folder.File($"{i}.bin"))));
    }

    /// <summary>Calls a method that may fail: what it rejects with is on the error stream, HTTP status first.</summary>
    public async Task<ProcessResult> TryAsync(string method, object options)
    {
        using var folder = new TemporaryFolder();
        return await RunAsync(method, options, folder);
    }

    private Task<ProcessResult> RunAsync(string method, object options, TemporaryFolder folder)
    {
        if (!Directory.Exists(Modules)) throw new InvalidOperationException($"{Modules} is not there. ./pacs test installs what the tests need.");
        return ExternalProcess.RunAsync(
            "node", [Script, root.ToString().TrimEnd('/'), method, folder.Path, JsonSerializer.Serialize(options)],
            environment: new Dictionary<string, string> { ["NODE_PATH"] = Modules });
    }
}
