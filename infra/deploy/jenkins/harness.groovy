// Runs a declarative Jenkinsfile without a Jenkins: `groovy harness.groovy SCENARIOS`.
//
// Directives and steps are those of the lists below; anything else is refused, and so is what
// Jenkins itself refuses: Groovy statements outside `script`, a stage without work, two kinds of
// work in one stage. `sh` runs nothing. It fails where the scenario says so, and must name a
// program of the repository. The result of each scenario is a line of JSON.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.ast.builder.AstBuilder
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.CompilePhase

class Refused extends RuntimeException { Refused(String text) { super(text) } }
class StepFailed extends RuntimeException { StepFailed(String text) { super(text) } }
class Interrupted extends RuntimeException { Interrupted(String text) { super(text) } }

class Known {
    static final POST = ['always', 'changed', 'fixed', 'regression', 'aborted', 'failure', 'success', 'unstable', 'unsuccessful', 'cleanup']
    static final OPTIONS = ['disableConcurrentBuilds', 'timeout', 'buildDiscarder', 'timestamps']
    // Step → its named arguments; a single unnamed one is always a string.
    static final STEPS = [
        sh: [] as Set, echo: [] as Set, error: [] as Set, deleteDir: [] as Set,
        junit: ['testResults', 'allowEmptyResults'] as Set,
        archiveArtifacts: ['artifacts', 'allowEmptyArchive'] as Set,
        input: ['message', 'ok', 'submitter'] as Set,
    ]
    // The method calls each block may hold. `environment` holds assignments.
    static final BLOCKS = [
        pipeline: ['agent', 'parameters', 'options', 'environment', 'stages', 'post'],
        stages: ['stage'], parallel: ['stage'],
        stage: ['agent', 'environment', 'options', 'steps', 'stages', 'parallel', 'post', 'when'],
        post: POST, parameters: ['choice', 'string', 'booleanParam'], options: OPTIONS,
        agent: ['label'],
    ]
    static final STEP_BLOCKS = ['withCredentials', 'timeout', 'script']
}

/** Checks the form of the source, before anything of it runs. */
class Form {
    static void check(String source) {
        def statements = new AstBuilder().buildFromString(CompilePhase.CONVERSION, false, source)[0].statements
        if (statements.size() != 1 || nameOf(statements[0]) != 'pipeline') {
            throw new Refused('the file is one pipeline block and nothing else')
        }
        block('pipeline', statements[0])
    }

    private static MethodCallExpression callOf(Statement statement) {
        def expression = statement instanceof ExpressionStatement || statement instanceof ReturnStatement ? statement.expression : null
        expression instanceof MethodCallExpression && expression.implicitThis ? expression : null
    }

    private static String nameOf(Statement statement) { callOf(statement)?.methodAsString }

    private static List argumentsOf(MethodCallExpression step) {
        step.arguments instanceof TupleExpression ? step.arguments.expressions : []
    }

    private static List<Statement> bodyOf(MethodCallExpression step) {
        def closure = argumentsOf(step).find { it instanceof ClosureExpression }
        if (closure == null) { throw new Refused("${step.methodAsString} needs a block (line ${step.lineNumber})") }
        closure.code.statements
    }

    private static void block(String kind, Statement statement) {
        bodyOf(callOf(statement)).each { inner ->
            def word = nameOf(inner)
            if (!(word in Known.BLOCKS[kind])) {
                throw new Refused("'${word ?: inner.text}' is no directive of ${kind} (line ${inner.lineNumber})")
            }
            if (word == 'steps' || kind == 'post') { steps(bodyOf(callOf(inner))) }
            else if (word == 'environment') { assignments(bodyOf(callOf(inner))) }
            else if (word in Known.BLOCKS && !(kind == 'options')) { block(word, inner) }
        }
    }

    private static void assignments(List<Statement> statements) {
        statements.each {
            if (!(it instanceof ExpressionStatement && it.expression instanceof BinaryExpression && it.expression.operation.text == '=')) {
                throw new Refused("environment holds assignments only (line ${it.lineNumber})")
            }
        }
    }

    private static void steps(List<Statement> statements) {
        statements.each { statement ->
            def step = callOf(statement)
            if (step == null) { throw new Refused("expected a step, Groovy belongs into script (line ${statement.lineNumber})") }
            if (step.methodAsString == 'sh') {
                // A secret in a double-quoted string would be part of the command line.
                if (!(argumentsOf(step)[0] instanceof ConstantExpression)) {
                    throw new Refused("sh takes a single-quoted string (line ${statement.lineNumber})")
                }
            } else if (step.methodAsString in ['withCredentials', 'timeout']) {
                steps(bodyOf(step))
            }
        }
    }
}

/** Takes every call of a block: those it knows by name, and no others. */
class Strict {
    final String kind
    final Map handlers
    Strict(String kind, Map handlers) { this.kind = kind; this.handlers = handlers }
    def invokeMethod(String name, Object given) {
        def handler = handlers[name]
        if (handler == null) { throw new Refused("'${name}' is unknown in ${kind}") }
        handler(*(given as List))
    }
}

class Stage {
    String name
    Closure steps
    List<Stage> parallel = []
    Map<String, Closure> post = [:]
}

class Run {
    final File root
    final Map scenario
    final Map env
    Map params = [:]
    List<Stage> stages = []
    Map<String, Closure> post = [:]
    Closure environment
    List events = []
    String result = 'SUCCESS'
    String reason = ''

    Run(File root, Map scenario) {
        this.root = root
        this.scenario = scenario
        env = [BRANCH_NAME: scenario.branch, GIT_COMMIT: '0123456789ab' * 3 + '0123'] as Map
    }

    Object within(Closure closure, Object delegate) {
        def copy = closure.rehydrate(delegate, delegate, delegate)
        copy.resolveStrategy = Closure.DELEGATE_ONLY
        copy()
    }

    // --- reading the file

    void read(String source) {
        Form.check(source)
        def binding = new Binding([pipeline: { Closure body -> readPipeline(body) }])
        new GroovyShell(binding).evaluate(source)
        if (stages.isEmpty()) { throw new Refused('a pipeline needs stages') }
    }

    void readPipeline(Closure body) {
        boolean hasAgent = false
        within(body, new Strict('pipeline', [
            agent: { Closure it -> hasAgent = true },
            parameters: { Closure it -> readParameters(it) },
            options: { Closure it -> readOptions(it) },
            environment: { Closure it -> environment = it },
            stages: { Closure it -> stages = readStages('stages', it) },
            post: { Closure it -> post = readPost(it) },
        ]))
        if (!hasAgent) { throw new Refused('a pipeline needs an agent') }
    }

    void readParameters(Closure body) {
        within(body, new Strict('parameters', [
            choice: { Map it -> declare(it, ['name', 'choices', 'description'], it.choices[0], it.choices) },
            string: { Map it -> declare(it, ['name', 'defaultValue', 'description'], it.defaultValue, null) },
        ]))
        def unknown = scenario.params.keySet() - params.keySet()
        if (unknown) { throw new Refused("no parameter is named ${unknown.join(', ')}") }
    }

    void declare(Map given, List names, Object standard, List choices) {
        known(given.keySet(), names as Set, 'a parameter')
        def value = scenario.params.containsKey(given.name) ? scenario.params[given.name] : standard
        if (choices != null && !(value in choices)) { throw new Refused("${given.name} cannot be '${value}'") }
        params[given.name] = value
    }

    void readOptions(Closure body) {
        def names = Known.OPTIONS.collectEntries { name -> [name, { Object... given -> }] }
        names.logRotator = { Map it -> known(it.keySet(), ['numToKeepStr', 'artifactNumToKeepStr'] as Set, 'logRotator') }
        within(body, new Strict('options', names))
    }

    List<Stage> readStages(String kind, Closure body) {
        def found = []
        within(body, new Strict(kind, [stage: { String name, Closure it -> found << readStage(name, it) }]))
        if (found*.name.unique(false).size() != found.size()) { throw new Refused('two stages have one name') }
        found
    }

    Stage readStage(String name, Closure body) {
        def stage = new Stage(name: name)
        within(body, new Strict("stage ${name}", [
            steps: { Closure it -> stage.steps = it },
            parallel: { Closure it -> stage.parallel = readStages('parallel', it) },
            post: { Closure it -> stage.post = readPost(it) },
        ]))
        if ((stage.steps == null) == stage.parallel.isEmpty()) { throw new Refused("stage ${name} has either steps or parallel") }
        stage
    }

    Map<String, Closure> readPost(Closure body) {
        def found = [:]
        within(body, new Strict('post', Known.POST.collectEntries { condition -> [condition, { Closure it -> found[condition] = it }] }))
        found
    }

    static void known(Collection given, Set allowed, String what) {
        def unknown = given - allowed
        if (unknown) { throw new Refused("${what} has no argument ${unknown.join(', ')}") }
    }

    // --- running it

    void run() {
        def values = new Environment(params: params, env: env)
        if (environment != null) { within(environment, values) }
        env.putAll(values.set.collectEntries { name, value -> [name, value.toString()] })
        for (stage in stages) {
            if (result != 'SUCCESS') { break }
            runStage(stage)
        }
        runPost('pipeline', post)
    }

    void runStage(Stage stage) {
        events << "stage ${stage.name}".toString()
        if (stage.steps != null) { attempt { perform(stage.steps) } }
        // Jenkins lets the other branch end, too.
        else { stage.parallel.each { runBranch(it) } }
        runPost(stage.name, stage.post)
    }

    void runBranch(Stage branch) {
        def before = [result, reason]
        result = 'SUCCESS'
        runStage(branch)
        if (before[0] != 'SUCCESS') { (result, reason) = before }
    }

    void attempt(Closure work) {
        try { work() }
        catch (StepFailed failure) { worsen('FAILURE', failure.message) }
        catch (Interrupted interruption) { worsen('ABORTED', interruption.message) }
    }

    void worsen(String to, String why) {
        if (result == 'SUCCESS') { result = to; reason = why }
    }

    void runPost(String where, Map<String, Closure> blocks) {
        def conditions = [
            always: true, aborted: result == 'ABORTED', failure: result == 'FAILURE', success: result == 'SUCCESS',
            unsuccessful: result != 'SUCCESS', cleanup: true,
            // There is no build before this one.
            changed: true, fixed: false, regression: false, unstable: false,
        ]
        // In this order, whatever that of the file; cleanup last.
        Known.POST.findAll { blocks.containsKey(it) && conditions[it] }.each { condition ->
            events << "post ${where}: ${condition}".toString()
            attempt { perform(blocks[condition]) }
        }
    }

    void perform(Closure body) { within(body, new Steps('steps', this)) }
}

class Environment {
    Map params
    Map env
    Map set = [:]
    void setProperty(String name, Object value) { set[name] = value }
    Object getProperty(String name) {
        if (name in ['params', 'env', 'set']) { return this.@"$name" }
        if (!set.containsKey(name)) { throw new Refused("environment knows no ${name}") }
        set[name]
    }
}

class Steps {
    final String kind
    final Run run
    Steps(String kind, Run run) { this.kind = kind; this.run = run }

    Map getParams() { run.params }
    Map getEnv() { run.env }

    def invokeMethod(String name, Object given) {
        def arguments = given as List
        switch (name) {
            case 'script': return run.within(arguments[0], new Steps('script', run))
            case 'timeout': return timeout(arguments)
            case 'withCredentials': return withCredentials(arguments)
            case 'string': return binding(arguments[0])
        }
        if (!Known.STEPS.containsKey(name)) { throw new Refused("no step is named '${name}'") }
        if (arguments && arguments[0] instanceof Map) { Run.known(arguments[0].keySet(), Known.STEPS[name], name) }
        "do_${name}"(arguments)
    }

    private void timeout(List arguments) {
        Run.known(arguments[0].keySet(), ['time', 'unit'] as Set, 'timeout')
        run.within(arguments[1], this)
    }

    private Map binding(Map given) {
        Run.known(given.keySet(), ['credentialsId', 'variable'] as Set, 'string')
        given
    }

    private void withCredentials(List arguments) {
        def names = arguments[0]*.variable
        run.events << "credentials ${arguments[0]*.credentialsId.join(' ')}".toString()
        names.each { run.env[it] = '****' }
        try { run.within(arguments[1], this) }
        finally { names.each { run.env.remove(it) } }
    }

    private void do_sh(List arguments) {
        String command = arguments[0]
        String program = command.tokenize(' ')[0]
        if (program.contains('/')) {
            def file = new File(run.root, program)
            if (!file.canExecute()) { throw new Refused("${program} is no program of the repository") }
        } else if (program != 'make') { throw new Refused("sh calls the repository's scripts and make, not ${program}") }
        run.events << "sh ${command}".toString()
        if (run.scenario.fail.any { command.contains(it) }) { throw new StepFailed("script returned exit code 1: ${command}") }
    }

    private void do_error(List arguments) { throw new StepFailed(arguments[0].toString()) }
    private void do_echo(List arguments) { run.events << "echo ${arguments[0]}".toString() }
    private void do_deleteDir(List arguments) { run.events << 'deleteDir' }
    private void do_junit(List arguments) { run.events << "junit ${arguments[0].testResults}".toString() }
    private void do_archiveArtifacts(List arguments) { run.events << "archive ${arguments[0].artifacts}".toString() }
    private void do_input(List arguments) {
        run.events << "input ${arguments[0].message}".toString()
        if (!run.scenario.isApproved) { throw new Interrupted('rejected by the approver') }
    }
}

for (scenario in new JsonSlurper().parse(new File(args[0]))) {
    def run = new Run(new File(scenario.root), scenario)
    try {
        run.read(new File(scenario.jenkinsfile).text)
        run.run()
    } catch (Refused refused) {
        run.result = 'REFUSED'
        run.reason = refused.message
    }
    println JsonOutput.toJson([name: scenario.name, result: run.result, reason: run.reason, events: run.events])
}
