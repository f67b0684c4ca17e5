namespace Pacs.TestKit.Processes;

/// <summary>DCMTK's command-line programs as clients of the server under test. Each returns when its program has ended.</summary>
public static class Dcmtk
{
    /// <summary>The AE title by which the programs call.</summary>
    public const string CallingAeTitle = "DCMTK";

    public static Task<ProcessResult> EchoScuAsync(DicomAddress server, params IEnumerable<string> options) =>
        ScuAsync("echoscu", server, options, []);

    public static Task<ProcessResult> StoreScuAsync(DicomAddress server, IEnumerable<string> files, params IEnumerable<string> options) =>
        ScuAsync("storescu", server, options, files);

    public static Task<ProcessResult> DcmSendAsync(DicomAddress server, IEnumerable<string> files, params IEnumerable<string> options) =>
        ScuAsync("dcmsend", server, options, files);

    /// <summary>Keys as <c>StudyDate=20260101-20261231</c>; model -S (Study Root) unless the options say otherwise. Responses are in the output, as by dcmdump.</summary>
    public static Task<ProcessResult> FindScuAsync(DicomAddress server, IEnumerable<string> keys, params IReadOnlyList<string> options) =>
        ScuAsync("findscu", server, [.. Model(options), .. Keys(keys)], []);

    /// <summary>Like <see cref="FindScuAsync"/>, each response as a file <c>rsp0001.dcm</c> … in the folder.</summary>
    public static async Task<IReadOnlyList<string>> FindScuAsync(DicomAddress server, IEnumerable<string> keys, TemporaryFolder folder, params IReadOnlyList<string> options)
    {
        var target = Directory.CreateDirectory(folder.File(Guid.NewGuid().ToString("N"))).FullName;
        (await FindScuAsync(server, keys, ["-X", "-od", target, .. options])).EnsureSucceeded();
        return [.. Directory.EnumerateFiles(target, "rsp*.dcm").Order()];
    }

    /// <summary>Objects are written to the folder as they come.</summary>
    public static Task<ProcessResult> GetScuAsync(DicomAddress server, string folder, IEnumerable<string> keys, params IReadOnlyList<string> options) =>
        ScuAsync("getscu", server, ["-od", folder, "+B", .. Model(options), .. Keys(keys)], []);

    public static Task<ProcessResult> MoveScuAsync(DicomAddress server, string destination, IEnumerable<string> keys, params IReadOnlyList<string> options) =>
        ScuAsync("movescu", server, ["-aem", destination, .. Model(options), .. Keys(keys)], []);

    /// <summary>The file as text; binary values in full.</summary>
    public static async Task<string> DumpAsync(string file, params IEnumerable<string> options) =>
        (await ExternalProcess.RunAsync("dcmdump", ["-q", .. options, file])).EnsureSucceeded().Output;

    /// <summary>The file as DICOM JSON.</summary>
    public static async Task<string> JsonAsync(string file) =>
        (await ExternalProcess.RunAsync("dcm2json", ["-q", file])).EnsureSucceeded().Output;

    private static Task<ProcessResult> ScuAsync(string program, DicomAddress server, IEnumerable<string> options, IEnumerable<string> files) =>
        ExternalProcess.RunAsync(program, ["-v", "-aet", CallingAeTitle, "-aec", server.AeTitle, .. options, server.Host, $"{server.Port}", .. files]);

    private static IEnumerable<string> Model(IReadOnlyList<string> options) =>
        options.Any(o => o is "-P" or "-S" or "-O" or "-W") ? options : ["-S", .. options];

    private static IEnumerable<string> Keys(IEnumerable<string> keys) => keys.SelectMany(k => new[] { "-k", k });
}
